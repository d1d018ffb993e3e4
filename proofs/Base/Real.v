(* Tensors over the reals: sums, the pairing <a, b>, and the adjoints of relational kernels. *)
From Coq Require Import Reals ZArith List Bool Lia Lra Permutation.
From Pullback Require Import Base.Scalar Base.Index Base.Erf.
Import ListNotations.

Definition Rltb (a b : R) : bool := if Rlt_dec a b then true else false.
Lemma Rltb_true a b : Rltb a b = true <-> (a < b)%R.
Proof. unfold Rltb; destruct (Rlt_dec a b); split; intros; auto; discriminate. Qed.
Lemma Rltb_false a b : Rltb a b = false <-> (b <= a)%R.
Proof.
  unfold Rltb; destruct (Rlt_dec a b); split; intros; auto; try discriminate.
  exfalso; apply (Rlt_not_le _ _ r H). apply Rnot_lt_le; auto.
Qed.

(* The greatest whole number that is not above x. *)
Definition Rfloor (x : R) : R := IZR (Int_part x).

(* The reals have no infinity. What stands in its place is opaque: no proof can depend on it. *)
Definition Rinfinity : R. Proof. exact 0%R. Qed.

Definition Rscal : scalar R :=
  Scal R 0%R 1%R Rplus Rmult Ropp Rdiv exp ln tanh sqrt sin cos atan erf Rfloor Rpower Rltb
       (fun n d => (IZR n / IZR (Zpos d))%R) Rinfinity.

(* ---- sums over R ---- *)
Open Scope R_scope.
Notation tensor := (idx -> R).
Notation Sum := (sumL Rscal).
Lemma sum_ext {X} (f g : X -> R) l : (forall x, In x l -> f x = g x) -> Sum f l = Sum g l.
Proof. induction l; simpl; intros H; auto. rewrite H, IHl; auto. Qed.
Lemma sum_0 {X} (l : list X) : Sum (fun _ => 0) l = 0.
Proof. induction l; simpl; auto. rewrite IHl; lra. Qed.
Lemma sum_plus {X} (f g : X -> R) l : Sum (fun x => f x + g x) l = Sum f l + Sum g l.
Proof. induction l; simpl. lra. rewrite IHl. lra. Qed.
Lemma sum_opp {X} (f : X -> R) l : Sum (fun x => - f x) l = - Sum f l.
Proof. induction l; simpl. lra. rewrite IHl. lra. Qed.
Lemma sum_scal {X} c (f : X -> R) l : Sum (fun x => c * f x) l = c * Sum f l.
Proof. induction l; simpl. lra. rewrite IHl. lra. Qed.
Lemma sum_scal_r {X} c (f : X -> R) l : Sum (fun x => f x * c) l = Sum f l * c.
Proof. induction l; simpl. lra. rewrite IHl. lra. Qed.
Lemma sum_app {X} (f : X -> R) l m : Sum f (l ++ m) = Sum f l + Sum f m.
Proof. induction l; simpl. lra. rewrite IHl. lra. Qed.
Lemma sum_map {X Y} (f : Y -> R) (g : X -> Y) l : Sum f (map g l) = Sum (fun x => f (g x)) l.
Proof. induction l; simpl; auto. rewrite IHl; auto. Qed.
Lemma sum_filter {X} (p : X -> bool) (f : X -> R) l :
  Sum f (filter p l) = Sum (fun x => if p x then f x else 0) l.
Proof. induction l; simpl; auto. destruct (p a); simpl; rewrite IHl; lra. Qed.
(* Sums of what is not negative; positive as soon as one of its members is. *)
Lemma sum_nonneg {X} (f : X -> R) l : (forall x, In x l -> 0 <= f x) -> 0 <= Sum f l.
Proof.
  induction l as [|a l IH]; simpl; intros H. lra. pose proof (H a (or_introl eq_refl)).
  assert (0 <= Sum f l) by auto. lra.
Qed.
Lemma sum_positive {X} (f : X -> R) l a : (forall x, In x l -> 0 <= f x) -> In a l -> 0 < f a -> 0 < Sum f l.
Proof.
  induction l as [|b l IH]; simpl; intros H Ha P; [tauto|]. pose proof (H b (or_introl eq_refl)).
  destruct Ha as [->|Ha].
  - assert (0 <= Sum f l) by (apply sum_nonneg; auto). lra.
  - assert (0 < Sum f l) by auto. lra.
Qed.
(* Sums exchange. *)
Lemma fubini {X Y} (f : X -> Y -> R) l m :
  Sum (fun x => Sum (f x) m) l = Sum (fun y => Sum (fun x => f x y) l) m.
Proof.
  induction l; simpl. rewrite sum_0; auto. rewrite IHl, <- sum_plus. auto.
Qed.
(* the point-mass lemma: turns a relational sum into a direct lookup *)
Lemma sum_delta {X} (eqb : X -> X -> bool) (Heqb : forall a b, eqb a b = true <-> a = b)
      (f : X -> R) l i : NoDup l -> In i l ->
  Sum (fun x => if eqb x i then f x else 0) l = f i.
Proof.
  induction l as [|a l IH]; simpl; intros N H; [tauto|]. inversion N; subst.
  destruct (eqb a i) eqn:E.
  - apply Heqb in E; subst. rewrite (sum_ext _ (fun _ => 0)). rewrite sum_0; lra.
    intros x Hx. destruct (eqb x i) eqn:E; auto. apply Heqb in E; subst; tauto.
  - destruct H as [->|H]. assert (eqb i i = true) by (apply Heqb; auto). congruence.
    rewrite IH; auto. lra.
Qed.
Lemma sum_perm {X} (f : X -> R) l m : Permutation l m -> Sum f l = Sum f m.
Proof. induction 1; simpl; lra. Qed.
(* reindexing by an involution of the index set *)
Lemma sum_invol {X} (r : X -> X) (f : X -> R) l :
  NoDup l -> (forall x, In x l -> In (r x) l /\ r (r x) = x) ->
  Sum (fun x => f (r x)) l = Sum f l.
Proof.
  intros N H.
  assert (P : Permutation (map r l) l).
  { apply NoDup_Permutation_bis.
    - clear - N H. assert (Hl : forall x, In x l -> r (r x) = x) by (intros; apply H; auto). clear H.
      induction l; simpl; constructor; inversion N; subst.
      + rewrite in_map_iff. intros (y & E & Hy). assert (r (r y) = r (r a)) by congruence.
        rewrite !Hl in H; simpl; auto. subst; auto.
      + apply IHl; auto. intros; apply Hl; simpl; auto.
    - rewrite map_length; auto.
    - intros x Hx. apply in_map_iff in Hx as (y & <- & Hy). apply H; auto. }
  transitivity (Sum f (map r l)). 2: apply sum_perm; auto.
  clear. induction l; simpl; auto. rewrite IHl; auto.
Qed.

Definition dotp (s : shape) (a b : tensor) : R := Sum (fun i => a i * b i) (indices s).

(* ============ the two generic adjointness lemmas ============ *)
(* LINEAR: out[o] = sum_i [rel o i] x[i].   Transposing = flipping the relation. *)
Definition linapp (si : shape) (rel : idx -> idx -> bool) (x : tensor) : tensor :=
  fun o => Sum (fun i => if rel o i then x i else 0) (indices si).
Lemma lin_adjoint so si rel dy dx :
  dotp so dy (linapp si rel dx) = dotp si (linapp so (fun i o => rel o i) dy) dx.
Proof.
  unfold dotp, linapp.
  rewrite (sum_ext _ (fun o => Sum (fun i => dy o * (if rel o i then dx i else 0)) (indices si)))
    by (intros; rewrite <- sum_scal; auto).
  rewrite fubini. apply sum_ext; intros i _. rewrite <- sum_scal_r.
  apply sum_ext; intros o _. destruct (rel o i); lra.
Qed.
(* BILINEAR: out[o] = sum_i sum_k [rel o i k] x[i] y[k]: a symmetric 0/1 3-tensor *)
Definition bilapp (si sk : shape) (rel : idx -> idx -> idx -> bool) (x y : tensor) : tensor :=
  fun o => Sum (fun i => Sum (fun k => if rel o i k then x i * y k else 0) (indices sk)) (indices si).
Lemma bil_adjoint_l so si sk rel dy dx y :
  dotp so dy (bilapp si sk rel dx y) = dotp si (bilapp so sk (fun i o k => rel o i k) dy y) dx.
Proof.
  unfold dotp, bilapp.
  rewrite (sum_ext _ (fun o =>
      Sum (fun i => dy o * Sum (fun k => if rel o i k then dx i * y k else 0) (indices sk)) (indices si)))
    by (intros; rewrite <- sum_scal; auto).
  rewrite fubini. apply sum_ext; intros i _. rewrite <- sum_scal_r.
  apply sum_ext; intros o _. rewrite <- sum_scal, <- sum_scal_r.
  apply sum_ext; intros k _. destruct (rel o i k); lra.
Qed.
Lemma bil_swap si sk rel x y o :
  bilapp si sk rel x y o = bilapp sk si (fun o k i => rel o i k) y x o.
Proof.
  unfold bilapp. rewrite fubini. apply sum_ext; intros k _. apply sum_ext; intros i _.
  destruct (rel o i k); lra.
Qed.
Lemma bil_adjoint_r so si sk rel dy x dw :
  dotp so dy (bilapp si sk rel x dw) = dotp sk (bilapp si so (fun k i o => rel o i k) x dy) dw.
Proof.
  unfold dotp at 1. rewrite (sum_ext _ (fun o => dy o * bilapp sk si (fun o k i => rel o i k) dw x o))
    by (intros; rewrite bil_swap; auto).
  fold (dotp so dy (bilapp sk si (fun o k i => rel o i k) dw x)). rewrite bil_adjoint_l.
  unfold dotp. apply sum_ext; intros k _. f_equal. rewrite bil_swap. auto.
Qed.
Lemma dotp_ext s a a' b b' : (forall i, inb s i = true -> a i = a' i) ->
  (forall i, inb s i = true -> b i = b' i) -> dotp s a b = dotp s a' b'.
Proof. intros H K. apply sum_ext; intros i Hi. apply in_indices in Hi. rewrite H, K; auto. Qed.
Lemma dotp_plus_l s a b c : dotp s (fun i => a i + b i) c = dotp s a c + dotp s b c.
Proof. unfold dotp. rewrite <- sum_plus. apply sum_ext; intros; lra. Qed.
Lemma dotp_plus_r s a b c : dotp s a (fun i => b i + c i) = dotp s a b + dotp s a c.
Proof. unfold dotp. rewrite <- sum_plus. apply sum_ext; intros; lra. Qed.
Lemma dotp_comm s a b : dotp s a b = dotp s b a.
Proof. apply sum_ext; intros; lra. Qed.
(* of one element *)
Lemma dotp_scalar a b : dotp [] a b = a [] * b [].
Proof. unfold dotp; simpl. lra. Qed.
Lemma dotp_0_l s c : dotp s (fun _ => 0) c = 0.
Proof. unfold dotp. rewrite (sum_ext _ (fun _ => 0)). apply sum_0. intros; lra. Qed.
Lemma dotp_tab_l s a b : dotp s (tab Rscal s a) b = dotp s a b.
Proof. apply dotp_ext; auto. intros i Hi. rewrite tab_spec, Hi; auto. Qed.
Lemma dotp_tab_r s a b : dotp s a (tab Rscal s b) = dotp s a b.
Proof. apply dotp_ext; auto. intros i Hi. rewrite tab_spec, Hi; auto. Qed.
Lemma tab_in s (f : idx -> R) i : inb s i = true -> tab Rscal s f i = f i.
Proof. intros H; rewrite tab_spec, H; auto. Qed.
Lemma seqb_R a b : seqb Rscal a b = true <-> a = b.
Proof. unfold seqb; simpl. rewrite andb_true_iff, !negb_true_iff, !Rltb_false. lra. Qed.
(* A truth value read back. *)
Lemma strue_sbool b : strue Rscal (sbool Rscal b) = b.
Proof. destruct b; simpl; [apply Rltb_true|apply Rltb_false]; lra. Qed.
