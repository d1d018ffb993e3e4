(* Linear ops that move, copy or sum elements: their adjoints, which only read index maps backwards. *)
From Coq Require Import Reals ZArith List Bool Lra Lia Permutation.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
Import ListNotations.
Open Scope R_scope.
Global Arguments IZR : simpl never.

(* A linear op is its own derivative, everywhere. *)
Definition linear_jvp (o : op) : jvp_fun := fun ats rt vs ds => sem0 Rscal o ats rt ds.
Definition everywhere : ok_fun := fun _ _ _ _ => True.

(* ---- sums ---- *)
(* Reindexing along a bijection between l and m: the sum of h(f x) over l is the sum of h over m. *)
Lemma sum_bijection {X Y} (f : X -> Y) (g : Y -> X) (h : Y -> R) l m : NoDup l -> NoDup m ->
  (forall x, In x l -> In (f x) m /\ g (f x) = x) -> (forall y, In y m -> In (g y) l /\ f (g y) = y) ->
  Sum (fun x => h (f x)) l = Sum h m.
Proof.
  intros Nl Nm F G. rewrite <- sum_map. apply sum_perm, NoDup_Permutation; auto.
  - assert (I : forall x y, In x l -> In y l -> f x = f y -> x = y).
    { intros x y Hx Hy E. destruct (F x Hx) as [_ <-], (F y Hy) as [_ <-]. rewrite E; auto. }
    clear F G Nm. induction l as [|a l IH]; simpl; constructor; inversion Nl; subst.
    + rewrite in_map_iff. intros (b & E & Hb). assert (a = b) by (apply I; simpl; auto). subst; auto.
    + apply IH; auto. intros; apply I; simpl; auto.
  - intros y. rewrite in_map_iff. split.
    + intros (x & <- & Hx). apply F; auto.
    + intros Hy. exists (g y). apply and_comm, G; auto.
Qed.
(* The same between the indices of two shapes. *)
Lemma sum_reindex so si (src inv : idx -> idx) (h : tensor) :
  (forall o, inb so o = true -> inb si (src o) = true /\ inv (src o) = o) ->
  (forall i, inb si i = true -> inb so (inv i) = true /\ src (inv i) = i) ->
  Sum (fun o => h (src o)) (indices so) = Sum h (indices si).
Proof.
  intros F G. apply (sum_bijection src inv); auto using NoDup_indices;
    intros x Hx; apply in_indices in Hx; rewrite in_indices; auto.
Qed.

(* ---- a bijection between the indices (reshape, transpose, reverse) ---- *)
(* y[o] = x[src o] has the adjoint x[i] = y[inv i]. *)
Lemma bijection_adjoint so si src inv dy (dx : tensor) :
  (forall o, inb so o = true -> inb si (src o) = true /\ inv (src o) = o) ->
  (forall i, inb si i = true -> inb so (inv i) = true /\ src (inv i) = i) ->
  dotp so dy (fun o => dx (src o)) = dotp si (fun i => dy (inv i)) dx.
Proof.
  intros F G. unfold dotp. rewrite <- (sum_reindex so si src inv (fun i => dy (inv i) * dx i)) by auto.
  apply sum_ext; intros o Ho. apply in_indices in Ho. rewrite (proj2 (F o Ho)). auto.
Qed.

(* ---- an injection that need not reach everything (slice, pad, concatenate) ---- *)
(* y[o] = x[src o], or 0 where there is no source *)
Definition gather (src : idx -> option idx) (x : tensor) : tensor :=
  fun o => match src o with Some i => x i | None => 0 end.
(* src and inv stay in bounds and undo each other. *)
Definition mirrored (so si : shape) (src inv : idx -> option idx) : Prop :=
  (forall o i, inb so o = true -> src o = Some i -> inb si i = true /\ inv i = Some o) /\
  (forall i o, inb si i = true -> inv i = Some o -> inb so o = true /\ src o = Some i).
Lemma mirrored_sym so si src inv : mirrored so si src inv -> mirrored si so inv src.
Proof. intros [F G]; split; auto. Qed.
(* A gather as a relation between the indices. *)
Lemma gather_linapp so si src inv x o : mirrored so si src inv -> inb so o = true ->
  gather src x o = linapp si (fun o i => match src o with Some j => ieqb i j | None => false end) x o.
Proof.
  intros [F _] Ho. unfold gather, linapp. destruct (src o) as [j|] eqn:E.
  - destruct (F o j Ho E) as [Hj _]. symmetry. apply (sum_delta ieqb ieqb_eq); auto using NoDup_indices.
    apply in_indices; auto.
  - rewrite sum_0; auto.
Qed.
(* <dy, gather src dx> = <gather inv dy, dx> *)
Theorem gather_adjoint so si src inv dy dx : mirrored so si src inv ->
  dotp so dy (gather src dx) = dotp si (gather inv dy) dx.
Proof.
  intros M. pose proof (mirrored_sym _ _ _ _ M) as M'.
  rewrite (dotp_ext so dy dy (gather src dx)
    (linapp si (fun o i => match src o with Some j => ieqb i j | None => false end) dx))
    by (auto; intros; eapply gather_linapp; eauto).
  rewrite lin_adjoint. apply dotp_ext; auto. intros i Hi.
  rewrite (gather_linapp si so inv src dy i M' Hi). apply sum_ext; intros o Ho. apply in_indices in Ho.
  destruct M as [F G].
  replace (match src o with Some j => ieqb i j | None => false end)
     with (match inv i with Some j => ieqb o j | None => false end); auto.
  apply eq_true_iff_eq. split.
  - destruct (inv i) as [j|] eqn:E; [|discriminate]. intros Q; apply ieqb_eq in Q; subst j.
    rewrite (proj2 (G i o Hi E)). apply ieqb_eq; auto.
  - destruct (src o) as [j|] eqn:E; [|discriminate]. intros Q; apply ieqb_eq in Q; subst j.
    rewrite (proj2 (F o i Ho E)). apply ieqb_eq; auto.
Qed.

(* ---- copies and sums (broadcast, reduce) ---- *)
(* y[o] = the sum of x[i] over the i with key i = o *)
Definition sum_over (si : shape) (key : idx -> idx) (x : tensor) : tensor :=
  linapp si (fun o i => ieqb o (key i)) x.
(* Copying, y[o] = x[src o], has as adjoint the sum over all copies. *)
Lemma copy_adjoint so si (src : idx -> idx) dy (dx : tensor) :
  (forall o, inb so o = true -> inb si (src o) = true) ->
  dotp so dy (fun o => dx (src o)) = dotp si (sum_over so src dy) dx.
Proof.
  intros H. rewrite (dotp_ext so dy dy _ (linapp si (fun o i => ieqb i (src o)) dx)); auto.
  - rewrite lin_adjoint. reflexivity.
  - intros o Ho. symmetry. apply (sum_delta ieqb ieqb_eq); auto using NoDup_indices. apply in_indices; auto.
Qed.
(* What a reduction by addition computes. *)
Lemma sem_sum_at dims t rt x o : inb (snd rt) o = true ->
  sem Rscal (Reduce RAdd dims) [t] rt [x] o
  = sum_over (snd t) (pick (other_axes (rank (snd t)) dims)) x o.
Proof. intros H. rewrite sem_in by auto. apply sum_filter. Qed.
(* Summing has as adjoint copying. *)
Lemma sum_over_adjoint so si key dy dx : (forall i, inb si i = true -> inb so (key i) = true) ->
  dotp so dy (sum_over si key dx) = dotp si (fun i => dy (key i)) dx.
Proof.
  intros H. unfold sum_over. rewrite lin_adjoint. apply dotp_ext; auto. intros i Hi.
  apply (sum_delta ieqb ieqb_eq); auto using NoDup_indices. apply in_indices; auto.
Qed.

(* ---- derivatives ---- *)
(* Two spellings of "every operand's element moves with its tangent". *)
Lemma linapp_der si rel g d o : (forall i, Der (fun t => g t i) (d i)) ->
  Der (fun t => linapp si rel (g t) o) (linapp si rel d o).
Proof.
  intros H. apply (Der_sum (fun i t => if rel o i then g t i else 0)). intros i _.
  destruct (rel o i); auto. apply Der_const.
Qed.
Lemma one_operand_moves t gs ds : moves_all [t] gs ds ->
  exists g d, gs = [g] /\ ds = [d] /\ forall i, Der (fun s => g s i) (d i).
Proof.
  destruct gs as [|g [|]], ds as [|d [|]]; simpl; intros M; try tauto. destruct M as [M _].
  exists g, d. split; [|split]; auto. apply (moves_float _ _ _ M).
Qed.
(* Where y[o] = x[src o], an element moves with the tangent of the element it is taken from. *)
Lemma moved_deriv o src : (forall ats rt, infer o ats = Some rt -> exists t, ats = [t]) ->
  (forall t rt x i, sem0 Rscal o [t] rt [x] i = x (src t rt i)) -> deriv_spec o (linear_jvp o) everywhere.
Proof.
  intros One E ats rt gs ds T F M _ i _. destruct (One _ _ T) as [t ->].
  destruct (one_operand_moves _ _ _ M) as (g & d & -> & -> & G). unfold linear_jvp.
  rewrite E. apply Der_ext with (f := fun s => g s (src t rt i)); auto. intros; symmetry; apply E.
Qed.
(* An op of one operand is exact backwards if its contribution c satisfies <c, d> = <dy, jvp d>. *)
Lemma one_operand_vjp o (jvp0 : jvp_fun) (ok : ok_fun) :
  (forall ats rt, infer o ats = Some rt -> exists t, ats = [t]) ->
  (forall needs t rt tm outs x d dy, infer o [t] = Some rt -> tfloat rt = true ->
     vjp o needs [t] rt = Some (tm, outs) -> ok [t] rt [x] [d] ->
     exists k, outs = [Some k] /\
       dotp (snd t) (nth k (teval tm [x; sem Rscal o [t] rt [x]; dy]) tz) d
       = dotp (snd rt) dy (jvp0 [t] rt [x] [d])) ->
  vjp_spec o jvp0 ok.
Proof.
  intros One H needs ats rt tm outs vs ds dy T F V LN LV LD S K. destruct (One _ _ T) as [t ->].
  destruct needs as [|n [|]], vs as [|x [|]], ds as [|d [|]]; try discriminate.
  destruct (H _ _ _ _ _ x d dy T F V K) as (k & -> & <-). destruct n; simpl.
  - lra.
  - pose proof (S 0%nat eq_refl) as E; simpl in E; subst d. rewrite dotp_tz_r. lra.
Qed.
(* An op of one operand whose result has the operand's element type is constant on integers. *)
Lemma same_element_const o ok :
  (forall ats rt, infer o ats = Some rt -> exists t, ats = [t] /\ fst t = fst rt) -> const_spec o ok.
Proof.
  intros H ats rt gs ds T F M _ i _. destruct (H _ _ T) as (t & -> & E).
  destruct gs as [|g [|]], ds as [|d [|]]; simpl in M; try tauto. destruct M as [M _].
  generalize (moves_near _ _ _ M ltac:(unfold tfloat in *; rewrite E; auto)). apply near_imp.
  simpl. intros s ->; auto.
Qed.
