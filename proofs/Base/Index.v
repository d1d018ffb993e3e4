(* Indices and shapes, finite sums and tabulation, for any scalars. A tensor is a function from indices
   to scalars; outside its shape a tabulated one is zero. *)
From Coq Require Import ZArith List Bool Lia FinFun.
From Pullback Require Import Base.Scalar.
Import ListNotations.

Definition idx := list Z.
Definition shape := list Z.
Definition zseq (d : Z) : list Z := map Z.of_nat (seq 0 (Z.to_nat d)).

Fixpoint indices (s : shape) : list idx :=
  match s with
  | [] => [[]]
  | d :: s' => flat_map (fun i => map (cons i) (indices s')) (zseq d)
  end.

Fixpoint inb (s : shape) (o : idx) : bool :=
  match s, o with
  | [], [] => true
  | d :: s', i :: o' => (0 <=? i)%Z && (i <? d)%Z && inb s' o'
  | _, _ => false
  end.

Fixpoint ieqb (a b : idx) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => (x =? y)%Z && ieqb a' b'
  | _, _ => false
  end.
Lemma ieqb_eq a b : ieqb a b = true <-> a = b.
Proof.
  revert b; induction a as [|x a IH]; destruct b as [|y b]; simpl; split; intros H; try discriminate; auto.
  - apply andb_prop in H as [H1 H2]. apply Z.eqb_eq in H1. apply IH in H2. congruence.
  - inversion H; subst. rewrite Z.eqb_refl. simpl. apply IH; auto.
Qed.

Lemma in_zseq d i : In i (zseq d) <-> (0 <= i < d)%Z.
Proof.
  unfold zseq. rewrite in_map_iff. split.
  - intros (n & <- & H). apply in_seq in H. lia.
  - intros H. exists (Z.to_nat i). split. lia. apply in_seq. lia.
Qed.
Lemma NoDup_zseq d : NoDup (zseq d).
Proof. apply FinFun.Injective_map_NoDup. intros a b; lia. apply seq_NoDup. Qed.

Lemma in_indices s o : In o (indices s) <-> inb s o = true.
Proof.
  revert o; induction s as [|d s IH]; intros o; simpl.
  - destruct o; intuition congruence.
  - rewrite in_flat_map. split.
    + intros (i & Hi & H). apply in_map_iff in H as (o' & <- & H).
      apply in_zseq in Hi. apply IH in H. rewrite H.
      rewrite (proj2 (Z.leb_le _ _)) by lia. rewrite (proj2 (Z.ltb_lt _ _)) by lia. auto.
    + destruct o as [|i o]; [discriminate|]. intros H.
      apply andb_prop in H as [H H2]. apply andb_prop in H as [H0 H1].
      exists i. split. apply in_zseq; lia. apply in_map, IH; auto.
Qed.

Lemma NoDup_app2 {X} (l m : list X) :
  NoDup l -> NoDup m -> (forall x, In x l -> ~ In x m) -> NoDup (l ++ m).
Proof.
  induction l as [|a l IH]; simpl; intros N M H; auto. inversion N; subst. constructor.
  - rewrite in_app_iff. intros [G|G]; auto. apply (H a); auto.
  - apply IH; auto.
Qed.
Lemma NoDup_indices s : NoDup (indices s).
Proof.
  induction s as [|d s IH]; simpl. repeat constructor; auto.
  generalize (NoDup_zseq d). induction (zseq d) as [|i l IHl]; simpl; intros H. constructor.
  inversion H; subst. apply NoDup_app2; auto.
  - apply FinFun.Injective_map_NoDup; auto. intros a b; congruence.
  - intros z Hz Hz'. apply in_map_iff in Hz as (w & <- & _).
    apply in_flat_map in Hz' as (j & Hj & Hz'). apply in_map_iff in Hz' as (w' & E & _).
    inversion E; subst; auto.
Qed.

(* ---- generic in the scalar structure: executable ---- *)
Section Gen.
  Context {A : Type} (S : scalar A).
  Definition sumL {X} (f : X -> A) (l : list X) : A :=
    fold_right (fun x a => sadd S (f x) a) (s0 S) l.
  (* tabulation: memoises under vm_compute, and zero out of bounds *)
  Fixpoint tab (s : shape) (f : idx -> A) : idx -> A :=
    match s with
    | [] => let v := f [] in fun o => match o with [] => v | _ => s0 S end
    | d :: s' =>
        let l := map (fun i => tab s' (fun o => f (i :: o))) (zseq d) in
        fun o => match o with
                 | i :: o' => if (0 <=? i)%Z && (i <? d)%Z
                              then nth (Z.to_nat i) l (fun _ => s0 S) o' else s0 S
                 | [] => s0 S
                 end
    end.
  Lemma tab_spec s f o : tab s f o = if inb s o then f o else s0 S.
  Proof.
    revert f o; induction s as [|d s IH]; intros f o; simpl.
    - destruct o; auto.
    - destruct o as [|i o]; auto.
      destruct (0 <=? i)%Z eqn:E1; simpl; auto. destruct (i <? d)%Z eqn:E2; simpl; auto.
      apply Z.leb_le in E1. apply Z.ltb_lt in E2.
      set (g := fun i0 : Z => tab s (fun o0 => f (i0 :: o0))).
      rewrite nth_indep with (d' := g (Z.of_nat 0)).
      2:{ rewrite map_length. unfold zseq. rewrite map_length, seq_length. lia. }
      unfold zseq. rewrite (map_nth g), (map_nth Z.of_nat). rewrite seq_nth by lia.
      unfold g. rewrite IH. simpl. rewrite Z2Nat.id by lia. auto.
  Qed.
End Gen.
